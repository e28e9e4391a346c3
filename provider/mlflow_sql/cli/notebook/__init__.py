"""``%load_ext mlflow_sql``: SQL in the cells of a notebook and on the lines of IPython."""
