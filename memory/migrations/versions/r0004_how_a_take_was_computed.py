"""Takes keep the thread count and the dtype that they were computed with, since both decide pixels."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("takes", sa.Column("num_threads", sa.Integer(), nullable=True))
    op.add_column("takes", sa.Column("compute_dtype", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("takes", "compute_dtype")
    op.drop_column("takes", "num_threads")
