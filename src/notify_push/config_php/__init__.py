"""Evaluator for config.php: the values that Nextcloud would see, without PHP."""
