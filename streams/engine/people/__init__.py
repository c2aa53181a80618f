"""What people do (ING-15): acknowledge, shelve, verify, take out of service, sign; and how it is refused."""
