-- A greeting whose theme is a question is an opening: questions are derived again.
DELETE FROM _qa;
