"""Editions brought from outside as packages."""

import curriculum.models.imports
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('curriculum', '0007_syllabus_versions_constraints'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EditionImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file', models.FileField(blank=True, max_length=200, storage=curriculum.models.imports.private_storage, upload_to=curriculum.models.imports.upload_path)),
                ('original_name', models.CharField(max_length=255)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=80)),
                ('title', models.CharField(blank=True, max_length=255)),
                ('status', models.CharField(choices=[('refused', 'refused'), ('checked', 'can be imported'), ('importing', 'being imported'), ('imported', 'imported as drafts')], max_length=12)),
                ('report', models.JSONField(default=list)),
                ('expected_hash', models.CharField(blank=True, max_length=80)),
                ('resulting_hash', models.CharField(blank=True, max_length=80)),
                ('uploaded_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('course', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='curriculum.coursepage')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='edition_imports', to='accounts.organisation')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'imported edition',
                'verbose_name_plural': 'imported editions',
                'ordering': ['-uploaded_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('status', 'imported')), models.Q(models.Q(('status', 'imported'), _negated=True), ('course', None), ('finished_at', None)), _connector='OR'), name='import_finished_when_imported')],
            },
        ),
    ]
