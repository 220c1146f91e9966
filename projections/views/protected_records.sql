-- Hidden from analysts. What is marked protected: one protected version hides all versions of a record, and
-- whatever refers to it; of inquiries those for protection and those about a protected record. `record` is what is
-- compared with (an organisation code holds no space): one text is looked up faster than a pair.
CREATE OR REPLACE VIEW protected_records
(
    kind String COMMENT 'assistance, need, enrolment or inquiry',
    record String COMMENT 'Organisation and id of the record, with a space between'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT 'assistance' AS kind, concat(org, ' ', assistance_id) AS record FROM assistance WHERE protected
UNION ALL
SELECT 'need', concat(org, ' ', need_id) FROM needs WHERE protected
UNION ALL
SELECT 'enrolment', concat(org, ' ', enrolment_id) FROM enrolments WHERE protected
UNION ALL
SELECT 'inquiry', concat(org, ' ', inquiry_id) FROM inquiries
WHERE purpose = 'protection'
    OR concat(org, ' ', about) IN (SELECT concat(org, ' ', assistance_id) FROM assistance WHERE protected)
COMMENT 'What no view may show, nor anything that refers to it'
