-- What is wanted with an outgoing mail: send it (`send`), put it into Drafts (`draft`), send a draft that is there (`send_draft`).
ALTER TABLE outgoing ADD COLUMN intent TEXT NOT NULL DEFAULT 'send';
