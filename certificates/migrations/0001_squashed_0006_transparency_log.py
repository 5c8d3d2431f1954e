"""The tables as 0001 to the last one leave them, made at once: on an empty database in a quarter of the time.

Every model comes whole, with its constraints, so that SQLite makes no table twice. Databases that have some of the
replaced migrations go on with those.
"""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('certificates', '0001_initial'), ('certificates', '0002_initial'), ('certificates', '0003_result_notices'), ('certificates', '0004_file_way'), ('certificates', '0005_share_codes'), ('certificates', '0006_transparency_log')]

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('assessments', '0008_regrades'),
        ('curriculum', '0020_part_rules'),
        ('training', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AwardRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('version', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=160)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('conditions', models.JSONField()),
                ('valid_months', models.PositiveSmallIntegerField(blank=True, help_text='Empty: no end.', null=True, verbose_name='certificate valid for (months)')),
                ('source', models.CharField(blank=True, max_length=400, verbose_name='source')),
                ('verified', models.BooleanField(default=False, verbose_name='verified')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('in_force', 'in force'), ('retired', 'retired')], default='draft', max_length=10)),
                ('in_force_from', models.DateTimeField(blank=True, null=True)),
                ('content_hash', models.CharField(blank=True, max_length=80)),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='award_rules', to='curriculum.level')),
            ],
            options={
                'verbose_name': 'award rule',
                'ordering': ['level', '-version'],
                'constraints': [models.UniqueConstraint(fields=('level', 'version'), name='rule_version_once'), models.UniqueConstraint(condition=models.Q(('status', 'in_force')), fields=('level',), name='one_rule_in_force_per_level'), models.CheckConstraint(condition=models.Q(('status', 'draft'), models.Q(('in_force_from__isnull', False), models.Q(('content_hash', ''), _negated=True)), _connector='OR'), name='rule_in_force_has_date_and_hash')],
            },
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=40, unique=True)),
                ('did', models.CharField(max_length=200)),
                ('algorithm', models.CharField(default='Ed25519', max_length=20)),
                ('public_multibase', models.CharField(max_length=80, unique=True)),
                ('status', models.CharField(choices=[('active', 'active'), ('retired', 'retired'), ('compromised', 'compromised')], default='active', max_length=12)),
                ('active_from', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'signing key',
                'ordering': ['active_from'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('status',), name='one_active_signing_key')],
            },
        ),
        migrations.CreateModel(
            name='StatusList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('purpose', models.CharField(default='revocation', max_length=12)),
                ('sequence', models.PositiveIntegerField(default=0)),
                ('credential', models.TextField(blank=True)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'status list',
            },
        ),
        migrations.CreateModel(
            name='LogTree',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'transparency log',
            },
        ),
        migrations.CreateModel(
            name='LogNode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField()),
                ('index', models.PositiveBigIntegerField()),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'log node',
                'constraints': [models.UniqueConstraint(fields=('level', 'index'), name='log_node_once')],
            },
        ),
        migrations.CreateModel(
            name='AwardProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('tree', models.JSONField()),
                ('status', models.CharField(choices=[('proposed', 'proposed'), ('confirmed', 'confirmed'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='proposed', max_length=10)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='award_proposals', to='training.enrolment')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='award_proposals', to='accounts.organisation')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='certificates.awardrule')),
            ],
            options={
                'verbose_name': 'award proposal',
                'ordering': ['-proposed_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['proposed', 'confirmed'])), fields=('enrolment',), name='one_live_proposal'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='a_refusal_gives_its_reason'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='two_pairs_of_eyes')],
            },
        ),
        migrations.CreateModel(
            name='TreeHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('signature', models.CharField(max_length=128)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tree_heads', to='certificates.signingkey')),
            ],
            options={
                'verbose_name': 'signed tree head',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['-size', '-signed_at'], name='certificate_size_10bef4_idx')],
            },
        ),
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('rule_hash', models.CharField(max_length=80)),
                ('edition_hash', models.CharField(max_length=80)),
                ('tree', models.JSONField()),
                ('tree_hash', models.CharField(max_length=80)),
                ('satisfied', models.BooleanField()),
                ('awarded_at', models.DateTimeField()),
                ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enrolment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='award', to='training.enrolment')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='award', to='certificates.awardproposal')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='certificates.awardrule')),
            ],
            options={
                'verbose_name': 'award',
                'ordering': ['-awarded_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('satisfied', True)), name='an_award_is_satisfied')],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.CharField(max_length=24, unique=True, verbose_name='certificate number')),
                ('token', models.CharField(max_length=20, unique=True)),
                ('holder_name', models.CharField(max_length=80)),
                ('holder_name_latin', models.CharField(blank=True, max_length=80)),
                ('facts', models.JSONField()),
                ('issued_on', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('status_index', models.PositiveIntegerField()),
                ('state', models.CharField(blank=True, default='', max_length=12)),
                ('state_at', models.DateTimeField(blank=True, null=True)),
                ('state_reason', models.CharField(blank=True, max_length=20)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('prepared_at', models.DateTimeField(blank=True, null=True)),
                ('award', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='certificates.award')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='accounts.organisation')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='certificates.certificate')),
                ('status_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='certificates.statuslist')),
            ],
            options={
                'verbose_name': 'certificate',
                'verbose_name_plural': 'certificates',
                'ordering': ['-issued_on', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('status_list', 'status_index'), name='status_index_once')],
            },
        ),
        migrations.CreateModel(
            name='IssuedCredential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('credential', models.TextField()),
                ('credential_sha256', models.CharField(max_length=80)),
                ('pdf_name', models.CharField(max_length=200)),
                ('pdf_sha256', models.CharField(max_length=80)),
                ('signed_at', models.DateTimeField()),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='certificates.certificate')),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='certificates.signingkey')),
            ],
            options={
                'verbose_name': 'issued credential',
                'ordering': ['certificate', 'number'],
                'constraints': [models.UniqueConstraint(fields=('certificate', 'number'), name='credential_copy_once')],
            },
        ),
        migrations.CreateModel(
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('suspended', 'suspended'), ('reinstated', 'reinstated'), ('revoked', 'revoked'), ('corrected', 'corrected')], max_length=12)),
                ('reason', models.CharField(choices=[('error', 'issued in error'), ('misconduct', 'misconduct in assessment'), ('holder_request', "at the holder's request"), ('investigation', 'under investigation'), ('cleared', 'investigation closed'), ('data_correction', 'correction of data')], max_length=20, verbose_name='public reason')),
                ('note', models.TextField(blank=True, verbose_name='internal note')),
                ('changed_at', models.DateTimeField()),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='certificates.certificate')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'status change',
                'ordering': ['changed_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'revoked')), fields=('certificate',), name='revoked_once_and_for_good')],
            },
        ),
        migrations.CreateModel(
            name='ResultNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('verdict', models.CharField(choices=[('unmet', 'conditions no longer met'), ('differs', 'states something else'), ('holds', 'holds')], max_length=8)),
                ('noticed_at', models.DateTimeField()),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='what was found')),
                ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessments.result')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='certificates.certificate')),
                ('looked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('result', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessments.result')),
            ],
            options={
                'verbose_name': 'certificate to look at',
                'verbose_name_plural': 'certificates to look at',
                'ordering': ['-noticed_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('certificate', 'result'), name='result_noticed_once'), models.CheckConstraint(condition=models.Q(models.Q(('looked_at', None), ('looked_by', None)), models.Q(('looked_at__isnull', False), ('looked_by__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='looked_at_says_what_was_found')],
            },
        ),
        migrations.CreateModel(
            name='ShareCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('label', models.CharField(max_length=80, verbose_name='for whom')),
                ('code_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='certificates.certificate')),
            ],
            options={
                'verbose_name': 'share code',
                'ordering': ['-created_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='share_ends_after_it_began')],
            },
        ),
        migrations.CreateModel(
            name='Lookup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('link', 'QR code or link'), ('number', 'number and name'), ('file', 'certificate file'), ('share', 'share code'), ('api', 'by software')], max_length=10)),
                ('looked_up_at', models.DateTimeField()),
                ('certificate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lookups', to='certificates.certificate')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('share', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lookups', to='certificates.sharecode')),
            ],
            options={
                'verbose_name': 'verification',
                'ordering': ['-looked_up_at'],
                'indexes': [models.Index(fields=['certificate', '-looked_up_at'], name='certificate_certifi_f28809_idx')],
            },
        ),
        migrations.CreateModel(
            name='LogLeaf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('index', models.PositiveBigIntegerField(unique=True)),
                ('kind', models.CharField(choices=[('issued', 'issued'), ('suspended', 'suspended'), ('reinstated', 'reinstated'), ('revoked', 'revoked'), ('corrected', 'corrected')], max_length=12)),
                ('data', models.TextField()),
                ('leaf_hash', models.CharField(max_length=64, unique=True)),
                ('logged_at', models.DateTimeField()),
                ('change', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='log_leaf', to='certificates.statuschange')),
                ('credential', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='log_leaves', to='certificates.issuedcredential')),
            ],
            options={
                'verbose_name': 'log entry',
                'verbose_name_plural': 'log entries',
                'ordering': ['index'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('change', None)), fields=('credential',), name='issue_logged_once'), models.CheckConstraint(condition=models.Q(models.Q(('change', None), ('kind', 'issued')), models.Q(models.Q(('kind', 'issued'), _negated=True), ('change__isnull', False)), _connector='OR'), name='log_entry_says_what_it_is_of')],
            },
        ),
    ]
