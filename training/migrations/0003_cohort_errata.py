"""Which corrections of its edition a cohort studies by."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('curriculum', '0011_errata'),
        ('training', '0002_admissions'),
    ]

    operations = [
        migrations.AddField(
            model_name='cohort',
            name='has_errata',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.CreateModel(
            name='CohortErratum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('applied_at', models.DateTimeField()),
                ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='errata', to='training.cohort')),
                ('erratum', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cohort_errata', to='curriculum.erratum')),
            ],
            options={
                'verbose_name': 'correction for a cohort',
                'ordering': ['applied_at', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('cohort', 'erratum'), name='erratum_once_per_cohort')],
            },
        ),
    ]
