"""Addresses of the import wizard."""

from django.urls import path

from accounts.views import imports

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:run_id>/", imports.import_page, name="import_page"),
    path("imports/<int:run_id>/mapping/", imports.import_mapping, name="import_mapping"),
    path("imports/<int:run_id>/remap/", imports.import_remap, name="import_remap"),
    path("imports/<int:run_id>/start/", imports.import_start, name="import_start"),
    path("imports/<int:run_id>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:run_id>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:run_id>/rejected.csv", imports.import_errors, name="import_errors"),
]
