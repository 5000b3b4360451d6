"""What becomes of an alert: its life after ISA-18.2, who did what, and the alerts that the service raises itself."""
