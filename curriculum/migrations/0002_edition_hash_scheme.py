"""Page hashes without database ids: new editions are frozen by scheme 2; those that are there keep scheme 1."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="edition", name="hash_scheme", field=models.PositiveSmallIntegerField(default=1)
        ),
        migrations.AlterField(
            model_name="edition", name="hash_scheme", field=models.PositiveSmallIntegerField(default=2)
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("hash_scheme__in", [1, 2])), name="edition_hash_scheme_known"
            ),
        ),
    ]
