"""Who may speak: tokens, tickets, admins, and through which door they come."""
