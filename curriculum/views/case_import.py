"""The authority brings a framework from another system: a CASE 1.1 file becomes a draft, or nothing happens."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from ..exchange.case_import import import_package
from ..exchange.case_shape import MAX_BYTES
from ..models import Syllabus, SyllabusStandard
from ..permissions import user_can_edit_syllabus


class CaseFileForm(forms.Form):
    slug = forms.SlugField(
        label=_("Short name in addresses"), max_length=50, help_text=_("Letters, digits and hyphens; of this version alone.")
    )
    standard = forms.ModelChoiceField(
        label=_("A version of"), queryset=SyllabusStandard.objects.none(), required=False, empty_label=_("a new standard")
    )
    file = forms.FileField(label=_("CASE 1.1 package (JSON)"), help_text=_("A CFPackage in UTF-8, at most 5 MB."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["standard"].queryset = SyllabusStandard.objects.all()

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if Syllabus.objects.filter(slug=slug).exists():
            raise ValidationError(_("There is a version with this short name already; choose another."))
        return slug

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 5 MB."))
        return upload


@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """The form, and after it the report with a line for each item. Sending it again finds the short name taken."""
    if not user_can_edit_syllabus(request.user):
        raise PermissionDenied
    posted = request.method == "POST"
    form = CaseFileForm(request.POST, request.FILES) if posted else CaseFileForm()
    report = None
    if posted and form.is_valid():
        data = form.cleaned_data
        report = import_package(data["file"].read(), slug=data["slug"], standard=data["standard"], by=request.user)
    status = 422 if report and report.refused else 200
    return render(request, "curriculum/case_import.html", {"form": form, "report": report}, status=status)
