"""Where each microsecond of one chunk goes, of the gateway's time and of a plain tunnel's."""
