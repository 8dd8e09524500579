"""Evaluator for config.php: the values that Nextcloud would see, without PHP.

A program of its own: ``python -m nextcloud_push.config FILE --json``. What it answers is written
down in `nextcloud_push.config.answer`. Nothing of ours outside this folder is imported here, and
nobody outside imports what is here but the command that shows a configuration to people.
"""
