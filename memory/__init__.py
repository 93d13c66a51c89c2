"""What the studio remembers: records, tables, repositories, recall, assets by hash."""
