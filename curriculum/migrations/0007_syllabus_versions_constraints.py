import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """In a transaction of its own: PostgreSQL alters no table whose rows the same transaction has changed."""

    dependencies = [("curriculum", "0006_syllabus_versions")]

    operations = [
        migrations.AlterField(
            model_name='syllabus',
            name='standard',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='curriculum.syllabusstandard', verbose_name='standard'),
        ),
        migrations.AddConstraint(
            model_name='syllabus',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'in_force')), fields=('standard', 'in_force_from'), name='one_version_begins_on_a_day'),
        ),
        migrations.AddConstraint(
            model_name='syllabus',
            constraint=models.UniqueConstraint(condition=models.Q(('in_force_until', None), ('status', 'in_force')), fields=('standard',), name='one_version_without_end'),
        ),
        migrations.AddConstraint(
            model_name='syllabus',
            constraint=models.CheckConstraint(condition=models.Q(('superseded_by', None), ('in_force_until__isnull', False), _connector='OR'), name='superseded_version_has_an_end'),
        ),
        migrations.AddConstraint(
            model_name='syllabus',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'draft'), _negated=True), models.Q(('in_force_until', None), ('superseded_by', None)), _connector='OR'), name='draft_has_no_successor'),
        ),
    ]
