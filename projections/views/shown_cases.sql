-- Hidden from analysts. A case about a number says nothing of any record; another case is shown while one of its
-- findings is.
CREATE OR REPLACE VIEW shown_cases
(
    case_id String COMMENT 'The case'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT case_id FROM cases WHERE kind = 'suspect-identifier'
UNION ALL
SELECT case_id FROM marked_findings WHERE NOT is_hidden AND case_id != ''
COMMENT 'The cases that views may show, each at least once'
