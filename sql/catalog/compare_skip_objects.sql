-- What the clone left out is no difference when only the source has it.
UPDATE compare_object SET status = 'left out', note = k.rule
  FROM compare_skip k
 WHERE compare_object.status = 'only source' AND k.schema = compare_object.schema AND k.name = compare_object.name
   AND (upper(k.kind) = compare_object.kind OR (upper(k.kind) = 'SEQUENCE' AND compare_object.kind = 'SEQUENCE VALUE'));
