"""The render engine: request in, media out. It knows nothing of briefs; the door is `render_engine.api`."""
