"""Sound of prompts: samples, WAV, loudness, G.711 and the native formats, and tones."""
