"""Errata: corrections of editions that are being taught, with the signed lists of whom they touch."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('curriculum', '0010_case_rules'),
        ('wagtailcore', '0098_apitoken'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Erratum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('status', models.CharField(choices=[('proposed', "waits for the base's signature"), ('signed', "waits for the authority's signature"), ('applied', 'in effect'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='proposed', max_length=12)),
                ('reason', models.TextField(verbose_name='what was wrong')),
                ('reason_en', models.TextField(blank=True, verbose_name='what was wrong, in English')),
                ('cohorts', models.JSONField(default=list)),
                ('note', models.TextField(blank=True)),
                ('proposed_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='errata', to='curriculum.edition')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='errata', to='accounts.organisation')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'erratum',
                'verbose_name_plural': 'errata',
                'ordering': ['-proposed_at'],
            },
        ),
        migrations.CreateModel(
            name='ErratumChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_hash', models.CharField(max_length=80)),
                ('erratum', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='curriculum.erratum')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='curriculum.editionitem')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.revision')),
            ],
            options={
                'ordering': ['item__position'],
            },
        ),
        migrations.CreateModel(
            name='ErratumSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('base', 'training base'), ('authority', 'authority')], max_length=12)),
                ('name', models.CharField(max_length=160)),
                ('signed_at', models.DateTimeField()),
                ('impact', models.JSONField()),
                ('impact_hash', models.CharField(max_length=80)),
                ('signature', models.CharField(max_length=80)),
                ('erratum', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='curriculum.erratum')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['signed_at', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='erratum',
            constraint=models.UniqueConstraint(fields=('edition', 'number'), name='erratum_number_once'),
        ),
        migrations.AddConstraint(
            model_name='erratum',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['proposed', 'signed'])), fields=('edition',), name='one_open_erratum_per_edition'),
        ),
        migrations.AddConstraint(
            model_name='erratum',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('status__in', ['proposed', 'signed'])), models.Q(('finished_at__isnull', False), ('status__in', ['applied', 'refused', 'withdrawn'])), _connector='OR'), name='erratum_finished_has_time'),
        ),
        migrations.AddConstraint(
            model_name='erratumchange',
            constraint=models.UniqueConstraint(fields=('erratum', 'item'), name='item_once_per_erratum'),
        ),
        migrations.AddConstraint(
            model_name='erratumchange',
            constraint=models.CheckConstraint(condition=models.Q(('content_hash', ''), _negated=True), name='erratum_change_has_hash'),
        ),
    ]
