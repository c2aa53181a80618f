"""Point alarms (WRN-10): from a transition of a rule to what an operator sees and answers. They are no warnings."""
