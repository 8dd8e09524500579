<?php
$url = parse_url(getenv('DATABASE_DSN'));
$CONFIG = [
  'dbtype' => ['postgres' => 'pgsql', 'mysql' => 'mysql'][$url['scheme']],
  'dbhost' => $url['host'] . ':' . ($url['port'] ?? 5432),
  'dbuser' => $url['user'],
  'dbpassword' => rawurldecode($url['pass']),
  'dbname' => ltrim($url['path'], '/'),
];
