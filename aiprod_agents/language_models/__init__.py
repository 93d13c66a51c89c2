"""Language models behind one typed port; the house writer is the offline default."""
