-- The experiments of each team, with their owners. Running it again changes nothing; an experiment that somebody
-- retagged gets its tags back, and other tags of it are left alone.
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT team || '/' || project AS name, team, contact
FROM (VALUES
    ('growth', 'churn', $growth_owner),
    ('growth', 'upsell', $growth_owner),
    ('risk', 'fraud', $risk_owner)
) AS listed(team, project, contact);

MERGE INTO experiments USING wanted ON experiments.name = wanted.name
WHEN MATCHED THEN UPDATE SET
    tags['team'] = wanted.team,
    tags['owner'] = wanted.contact,
    tags['environment'] = $environment
WHEN NOT MATCHED THEN INSERT (name, tags) VALUES (
    wanted.name,
    MAP {'team': wanted.team, 'owner': wanted.contact, 'environment': $environment}
);
