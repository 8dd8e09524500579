<?php
$wanted = array('overwritehost' => 'OVERWRITEHOST', 'overwriteprotocol' => 'OVERWRITEPROTOCOL', 'overwrite.cli.url' => 'OVERWRITECLIURL');
foreach ($wanted as $key => $variable) {
  if ($value = getenv($variable)) {
    $CONFIG[$key] = $value;
  }
}
if (getenv('TRUSTED_PROXIES')) {
  $CONFIG['trusted_proxies'] = array_values(array_filter(array_map('trim', explode(' ', getenv('TRUSTED_PROXIES')))));
}
