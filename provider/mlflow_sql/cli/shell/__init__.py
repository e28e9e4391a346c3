"""The interactive shell: what ``mlflow-sql`` is on a terminal without a statement."""
