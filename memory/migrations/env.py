"""How Alembic runs here: on the connection that memory gives it, inside memory's transaction."""

from alembic import context

from memory.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
