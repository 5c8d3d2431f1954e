import django.db.models.deletion
import lms.lib.tables
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('training', '0001_initial'), ('training', '0002_admissions'), ('training', '0003_cohort_errata'), ('training', '0004_scorm_activities')]

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('curriculum', '0001_squashed_0020_part_rules'),
    ]

    operations = [
        lms.lib.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Cohort',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('title', models.CharField(max_length=160, verbose_name='title')),
                        ('title_en', models.CharField(blank=True, max_length=200, verbose_name='English title')),
                        ('code', models.SlugField(max_length=40, verbose_name='code')),
                        ('place', models.CharField(blank=True, max_length=160, verbose_name='place')),
                        ('starts_on', models.DateField(verbose_name='first day')),
                        ('ends_on', models.DateField(verbose_name='last day')),
                        ('enrol_from', models.DateTimeField(verbose_name='enrolment opens')),
                        ('enrol_until', models.DateTimeField(verbose_name='enrolment closes')),
                        ('seats', models.PositiveIntegerField(verbose_name='seats')),
                        ('status', models.CharField(choices=[('planned', 'planned'), ('open', 'open'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='planned', max_length=12)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cohorts', to='curriculum.edition', verbose_name='edition')),
                        ('instructors', models.ManyToManyField(blank=True, related_name='taught_cohorts', to=settings.AUTH_USER_MODEL, verbose_name='instructors')),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cohorts', to='accounts.organisation')),
                        ('has_errata', models.BooleanField(default=False, editable=False)),
                    ],
                    options={
                        'verbose_name': 'cohort',
                        'verbose_name_plural': 'cohorts',
                        'ordering': ['-starts_on', 'code'],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'code'), name='cohort_code_once_per_base'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='cohort_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('enrol_until__gt', models.F('enrol_from'))), name='enrolment_window_is_open'), models.CheckConstraint(condition=models.Q(('seats__gt', 0)), name='cohort_has_seats')],
                    },
                ),
                migrations.CreateModel(
                    name='ClassSession',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('title', models.CharField(max_length=160, verbose_name='title')),
                        ('starts_at', models.DateTimeField(verbose_name='begins')),
                        ('minutes', models.PositiveIntegerField(verbose_name='minutes')),
                        ('delivery', models.CharField(choices=[('on_site', 'on site'), ('live', 'live online'), ('recorded', 'recorded'), ('practice', 'practical training'), ('conference', 'conference')], default='on_site', max_length=12, verbose_name='delivery')),
                        ('instructor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='instructor')),
                        ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='curriculum.topic', verbose_name='topic')),
                        ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='training.cohort')),
                    ],
                    options={
                        'verbose_name': 'class session',
                        'verbose_name_plural': 'class sessions',
                        'ordering': ['starts_at'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('minutes__gt', 0), ('minutes__lte', 600)), name='session_minutes_plausible'), models.UniqueConstraint(fields=('cohort', 'topic', 'starts_at'), name='session_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Enrolment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('anonymous_code', models.CharField(editable=False, max_length=12, unique=True)),
                        ('status', models.CharField(choices=[('active', 'active'), ('withdrawn', 'withdrawn'), ('completed', 'completed')], default='active', max_length=12)),
                        ('enrolled_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                        ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='training.cohort')),
                        ('syllabus', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='curriculum.syllabus')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'enrolment',
                        'verbose_name_plural': 'enrolments',
                        'ordering': ['enrolled_at'],
                        'indexes': [models.Index(fields=['user', 'status'], name='training_en_user_id_ba0f04_idx')],
                        'constraints': [models.UniqueConstraint(fields=('cohort', 'user'), name='one_enrolment_per_cohort')],
                    },
                ),
                migrations.CreateModel(
                    name='StudyVisit',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('opened_at', models.DateTimeField()),
                        ('last_beat_at', models.DateTimeField()),
                        ('seconds', models.PositiveIntegerField(default=0)),
                        ('recorded_seconds', models.PositiveIntegerField(default=0, help_text='of `seconds`, those already in the ledger')),
                        ('closed_at', models.DateTimeField(blank=True, null=True)),
                        ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='training.enrolment')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='curriculum.editionitem')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'study visit',
                        'indexes': [models.Index(condition=models.Q(('closed_at', None)), fields=['last_beat_at'], name='open_visits_by_beat')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('user',), name='one_place_at_a_time'), models.CheckConstraint(condition=models.Q(('recorded_seconds__lte', models.F('seconds'))), name='recorded_no_more_than_counted')],
                    },
                ),
                migrations.CreateModel(
                    name='StudyRecord',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('minutes', models.DecimalField(decimal_places=2, max_digits=8, verbose_name='minutes')),
                        ('delivery', models.CharField(choices=[('on_site', 'on site'), ('live', 'live online'), ('recorded', 'recorded'), ('practice', 'practical training'), ('conference', 'conference')], max_length=12, verbose_name='delivery')),
                        ('evidence', models.CharField(choices=[('heartbeat', 'time on the lesson page, counted by the server'), ('attendance', 'attendance list of a class session'), ('case', 'work product handed in'), ('reversal', 'correction')], max_length=12, verbose_name='evidence')),
                        ('rule', models.CharField(help_text='name and version of the counting rule', max_length=60)),
                        ('reason', models.CharField(blank=True, max_length=255, verbose_name='reason')),
                        ('key', models.CharField(max_length=100, unique=True)),
                        ('recorded_at', models.DateTimeField()),
                        ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='training.enrolment')),
                        ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='curriculum.editionitem')),
                        ('recorded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='training.studyrecord')),
                        ('session', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='training.classsession')),
                        ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='curriculum.topic')),
                        ('visit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='training.studyvisit')),
                    ],
                    options={
                        'verbose_name': 'study record',
                        'verbose_name_plural': 'study records',
                        'ordering': ['recorded_at', 'pk'],
                        'indexes': [models.Index(fields=['enrolment', 'topic'], name='training_st_enrolme_b7b4ec_idx')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('minutes__gt', 0), ('reverses', None)), models.Q(('minutes__lt', 0), ('reverses__isnull', False)), _connector='OR'), name='only_reversals_are_negative'), models.CheckConstraint(condition=models.Q(('reverses', None), models.Q(('reason', ''), _negated=True), _connector='OR'), name='a_reversal_gives_its_reason')],
                    },
                ),
                migrations.CreateModel(
                    name='AdmissionStatement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('degree', models.CharField(blank=True, choices=[('school', 'secondary school'), ('college', 'college diploma'), ('bachelor', 'bachelor'), ('master', 'master'), ('doctor', 'doctorate')], max_length=10, verbose_name='highest degree')),
                        ('years', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name='years of work in technology transfer')),
                        ('note', models.TextField(blank=True, max_length=1000, verbose_name='what supports it')),
                        ('stated_at', models.DateTimeField()),
                        ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admission_statements', to='training.cohort')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admission_statements', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'statement for admission',
                        'ordering': ['stated_at', 'pk'],
                        'indexes': [models.Index(fields=['cohort', 'user'], name='training_ad_cohort__21301a_idx')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('years', None), ('years__gte', 0), _connector='OR'), name='stated_years_not_negative')],
                    },
                ),
                migrations.CreateModel(
                    name='Admission',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tree', models.JSONField()),
                        ('met', models.BooleanField(null=True, verbose_name='met')),
                        ('reason', models.TextField(blank=True, verbose_name='reason')),
                        ('decided_at', models.DateTimeField()),
                        ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('enrolment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='admission', to='training.enrolment')),
                        ('statement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.admissionstatement')),
                    ],
                    options={
                        'verbose_name': 'admission',
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('met', True), ('met__isnull', False)), models.Q(('reason', ''), _negated=True), _connector='OR'), name='admission_despite_says_why')],
                    },
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
                migrations.CreateModel(
                    name='ScormState',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('block', models.UUIDField()),
                        ('package_sha256', models.CharField(max_length=80)),
                        ('title', models.CharField(max_length=255)),
                        ('number', models.PositiveIntegerField(default=0)),
                        ('cmi', models.JSONField(default=dict)),
                        ('completion', models.CharField(choices=[('unknown', 'not begun'), ('incomplete', 'begun'), ('completed', 'completed')], default='unknown', max_length=12)),
                        ('success', models.CharField(choices=[('unknown', 'not judged'), ('passed', 'passed'), ('failed', 'not passed')], default='unknown', max_length=12)),
                        ('score', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                        ('session', models.UUIDField(blank=True, null=True)),
                        ('session_seconds', models.PositiveIntegerField(default=0)),
                        ('past_seconds', models.PositiveIntegerField(default=0)),
                        ('completed_at', models.DateTimeField(blank=True, null=True)),
                        ('saved_at', models.DateTimeField()),
                        ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='training.enrolment')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='curriculum.editionitem')),
                    ],
                    options={
                        'verbose_name': 'SCORM activity',
                        'ordering': ['item__position', 'pk'],
                        'constraints': [models.UniqueConstraint(fields=('enrolment', 'item', 'block'), name='one_scorm_state_per_block'), models.CheckConstraint(condition=models.Q(('score', None), models.Q(('score__gte', -100), ('score__lte', 100)), _connector='OR'), name='scorm_score_is_percent')],
                    },
                ),
                migrations.CreateModel(
                    name='ScormCommit',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('key', models.UUIDField()),
                        ('session', models.UUIDField()),
                        ('session_seconds', models.PositiveIntegerField()),
                        ('completion', models.CharField(choices=[('unknown', 'not begun'), ('incomplete', 'begun'), ('completed', 'completed')], max_length=12)),
                        ('success', models.CharField(choices=[('unknown', 'not judged'), ('passed', 'passed'), ('failed', 'not passed')], max_length=12)),
                        ('score', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                        ('received_at', models.DateTimeField()),
                        ('state', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commits', to='training.scormstate')),
                    ],
                    options={
                        'verbose_name': 'report of a SCORM activity',
                        'ordering': ['state', 'number'],
                        'constraints': [models.UniqueConstraint(fields=('state', 'number'), name='one_scorm_commit_per_number'), models.UniqueConstraint(fields=('state', 'key'), name='one_scorm_commit_per_key')],
                    },
                ),
            ],
        ),
    ]
