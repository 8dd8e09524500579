<?php
try {
    $secrets = json_decode((string) @file_get_contents('/nonexistent/secrets.json'), true, 512, JSON_THROW_ON_ERROR);
} catch (\JsonException $e) {
    $secrets = ['db' => 'fallback-' . $e->getCode()];
} finally {
    $done = true;
}
$CONFIG = ['dbtype' => 'mysql', 'dbhost' => 'h', 'dbname' => 'n', 'dbuser' => 'u', 'dbpassword' => $done ? $secrets['db'] : ''];
