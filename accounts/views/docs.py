"""The API described: as OpenAPI for machines, as a page for people."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib.auth.decorators import login_required
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

api_schema = SpectacularAPIView.as_view()

# SECURITY: the viewer writes HTML by itself, so this page alone has no Trusted Types and takes inline styles; scripts
# come from us alone, and nothing is shown here but our own schema.
api_docs = login_required(
    csp(
        {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF, UNSAFE_INLINE],
            "img-src": [SELF, "data:"],
            "connect-src": [SELF],
            "font-src": [SELF],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "form-action": [NONE],
        }
    )(SpectacularSwaggerSplitView.as_view(url_name="api_schema"))
)
