"""Properties of the theory of music hold on a busy host, too: an example that takes long is no mistake."""

from hypothesis import settings

settings.register_profile("music", deadline=None)
settings.load_profile("music")
