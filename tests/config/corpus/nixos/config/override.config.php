<?php
function read_secret($file) {
  if (!file_exists($file)) {
    throw new \RuntimeException(sprintf(
      "The secret %s is missing, "
      . "see the service's log!",
      $file
    ));
  }
  return trim(file_get_contents($file));
}
function decode_file($file, $message) {
  if (!file_exists($file)) {
    throw new \RuntimeException(sprintf($message, $file));
  }
  $decoded = json_decode(file_get_contents($file), true);
  if (json_last_error() !== JSON_ERROR_NONE) {
    throw new \RuntimeException(sprintf("%s: %s", $file, json_last_error_msg()));
  }
  return $decoded;
}
$CONFIG = [
  'apps_paths' => [
    [ 'path' => '/nix/store/made-up/apps', 'url' => '/apps', 'writable' => false ],
  ],
  'dbpassword' => read_secret(
    __DIR__ . "/../secrets/db"
  ),
];
$CONFIG = array_replace_recursive($CONFIG, decode_file(__DIR__ . "/../store/settings.json", "no settings %s"));
$CONFIG = array_replace_recursive($CONFIG, decode_file(__DIR__ . "/../secrets/extra.json", "no secrets %s"));
