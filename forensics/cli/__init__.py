"""The command line: arguments in, one stage called, one result out. `app.py` joins the command groups."""
