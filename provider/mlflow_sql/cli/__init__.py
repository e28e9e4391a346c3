"""The command ``mlflow-sql``."""
