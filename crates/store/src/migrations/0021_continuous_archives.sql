-- Up to which event of its workspace a continuous archive has looked for mail that has come in since it was listed.
ALTER TABLE archive ADD COLUMN followed_to BIGINT NOT NULL DEFAULT 0;
