import django.db.models.deletion
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import migrations, models


SAME = ("title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note", "verified")


def into_standards(apps, schema_editor):
    """What is there is the national outline: its versions follow one another by their first days. Of two that begin on
    one day only the first belongs to it; the other becomes a standard of its own. Each topic gets its own lineage."""
    Syllabus = apps.get_model("curriculum", "Syllabus")
    Standard = apps.get_model("curriculum", "SyllabusStandard")
    Topic = apps.get_model("curriculum", "Topic")
    adopted = list(Syllabus.objects.exclude(status="draft").order_by("in_force_from", "pk"))
    chain = [row for place, row in enumerate(adopted) if row.in_force_from not in [r.in_force_from for r in adopted[:place]]]
    versions = [*chain, *Syllabus.objects.filter(status="draft").order_by("pk")]
    if versions:
        newest = chain[-1] if chain else versions[0]
        words = {name: getattr(newest, name) for name in SAME}
        national = Standard.objects.create(slug="national-outline", kind="national", **words)
        for version in versions:
            version.standard = national
    for row in adopted:
        if row not in chain:
            row.standard = Standard.objects.create(slug=row.slug, kind="other", **{n: getattr(row, n) for n in SAME})
            versions.append(row)
    for version, following in zip(chain, [*chain[1:], None]):
        if following is not None:
            eve = following.in_force_from - timedelta(days=1)
            version.superseded_by = following
            version.in_force_until = min(version.in_force_until or eve, eve)
    for version in versions:
        if version.status == "draft":
            version.in_force_until = None
        else:
            version.status = "in_force"
        version.save()
    for topic in Topic.objects.all():
        Topic.objects.filter(pk=topic.pk).update(lineage=uuid.uuid4())


class Migration(migrations.Migration):

    dependencies = [
        ('curriculum', '0005_review_tasks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='syllabus',
            name='base',
            field=models.ForeignKey(blank=True, help_text='A variant keeps every required topic and hour of this version, and may add its own.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='variants', to='curriculum.syllabus', verbose_name='keeps the required core of'),
        ),
        migrations.AddField(
            model_name='syllabus',
            name='drafted_from',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='drafts', to='curriculum.syllabus'),
        ),
        migrations.AddField(
            model_name='syllabus',
            name='edit_number',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='syllabus',
            name='edited_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='syllabus',
            name='edited_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='syllabus',
            name='superseded_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='supersedes', to='curriculum.syllabus'),
        ),
        migrations.AddField(
            model_name='topic',
            name='hours_source',
            field=models.CharField(blank=True, max_length=400, verbose_name='source of the hours'),
        ),
        migrations.AddField(
            model_name='topic',
            name='hours_verified',
            field=models.BooleanField(default=False, verbose_name='hours verified'),
        ),
        migrations.AddField(
            model_name='topic',
            name='lineage',
            field=models.UUIDField(db_index=True, default=uuid.uuid4, editable=False),
        ),
        migrations.AlterField(
            model_name='syllabus',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('in_force', 'in force')], default='draft', max_length=12, verbose_name='status'),
        ),
        migrations.CreateModel(
            name='SyllabusImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('edit_number', models.PositiveIntegerField()),
                ('content', models.JSONField()),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=80)),
                ('uploaded_at', models.DateTimeField()),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('syllabus', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='curriculum.syllabus')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'syllabus import',
                'verbose_name_plural': 'syllabus imports',
                'ordering': ['-uploaded_at'],
            },
        ),
        migrations.CreateModel(
            name='SyllabusStandard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='short name in addresses')),
                ('kind', models.CharField(choices=[('national', 'national outline'), ('occupational', 'national occupational standard'), ('group', 'group standard'), ('regional', 'regional variant'), ('other', 'other')], max_length=14, verbose_name='kind')),
                ('title', models.CharField(max_length=160, verbose_name='title')),
                ('title_en', models.CharField(blank=True, max_length=200, verbose_name='English title')),
                ('issuer', models.CharField(max_length=120, verbose_name='issuer')),
                ('issuer_en', models.CharField(blank=True, max_length=160, verbose_name='issuer in English')),
                ('region', models.CharField(blank=True, help_text='Of a regional variant: where it applies.', max_length=60, verbose_name='region')),
                ('document_number', models.CharField(blank=True, max_length=60, verbose_name='document number')),
                ('source_url', models.URLField(blank=True, max_length=400, verbose_name='source')),
                ('source_note', models.TextField(blank=True, verbose_name='what the source says')),
                ('verified', models.BooleanField(default=False, verbose_name='verified against the official text')),
            ],
            options={
                'verbose_name': 'syllabus standard',
                'verbose_name_plural': 'syllabus standards',
                'ordering': ['slug'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'national')), fields=('kind',), name='one_national_standard'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'regional'), _negated=True), models.Q(('region', ''), _negated=True), _connector='OR'), name='regional_standard_has_region')],
            },
        ),
        migrations.AddField(
            model_name='syllabus',
            name='standard',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='curriculum.syllabusstandard', verbose_name='standard'),
        ),
        migrations.RunPython(into_standards, migrations.RunPython.noop),
    ]
