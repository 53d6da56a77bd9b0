"""Our gateway beside what people would otherwise run: the same load, core and upstream for all."""
