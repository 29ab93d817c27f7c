"""Public pages behind mailed and public links."""

from django.urls import URLPattern, URLResolver, path, re_path

from voc.views import answers, elsewhere, preferences, public, verification

urlpatterns: list[URLPattern | URLResolver] = [
    path("s/<str:token>/", answers.survey_answer, name="survey_answer"),
    path("s/<str:token>/elsewhere/", elsewhere.survey_elsewhere, name="survey_elsewhere"),
    path("p/<str:token>/", preferences.preferences, name="preferences"),
    path("p/<str:token>/stop/", preferences.one_click_stop, name="one_click_stop"),
    path("p/<str:token>/erase/", preferences.erase_mine, name="erase_mine"),
    path("v/<str:token>/", verification.verification_answer, name="verification_answer"),
    path("l/<str:key>/", public.survey_link_answer, name="survey_link_answer"),
    path("l/<str:key>/widget.js", public.widget_script, name="widget_script"),
    path("l/<str:key>/qr.svg", public.link_qr, {"form": "svg"}, name="link_qr"),
    path("l/<str:key>/qr.png", public.link_qr, {"form": "png"}, name="link_qr_png"),
    path("k/<str:key>/", public.kiosk, name="kiosk"),
    re_path(r"^brand/(?P<color>[0-9a-f]{6})\.css$", public.brand_style, name="brand_style"),
]
