<?php
$server = getenv('REDIS_HOST');
if ($server) {
  $file = getenv('REDIS_HOST_PASSWORD_FILE');
  $settings = array('host' => $server);
  $settings['password'] = $file && file_exists($file) ? trim(file_get_contents($file)) : (string) getenv('REDIS_HOST_PASSWORD');
  if (false !== getenv('REDIS_HOST_PORT')) {
    $settings['port'] = (int) getenv('REDIS_HOST_PORT');
  } elseif ($server[0] !== '/') {
    $settings['port'] = 6379;
  }
  $CONFIG = array(
    'memcache.distributed' => '\OC\Memcache\Redis',
    'memcache.locking' => '\OC\Memcache\Redis',
    'redis' => $settings,
  );
}
