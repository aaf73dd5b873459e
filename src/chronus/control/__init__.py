"""Control: turns intent into log entries, keeps the journal and the session's folder. Never on the audio path."""
