<?php
if (getenv('REDIS_MODE') === 'rediscluster') {
  $seeds = [];
  foreach (['', '_2', '_3', '_4'] as $n) {
    $seeds[] = getenv("REDIS_HOST$n") && getenv("REDIS_PORT$n") ? getenv("REDIS_HOST$n") . ':' . getenv("REDIS_PORT$n") : null;
  }
  $CONFIG = array(
    'redis.cluster' => array(
      'password' => (string) getenv('REDIS_HOST_PASSWORD'),
      'timeout' => 0.0,
      'read_timeout' => 0.0,
      'failover_mode' => \RedisCluster::FAILOVER_ERROR,
      'seeds' => array_values(array_filter($seeds)),
    ),
  );
  if (getenv('REDIS_USER_AUTH') !== false) {
    $CONFIG['redis.cluster']['user'] = str_replace('&auth[]=', '', getenv('REDIS_USER_AUTH'));
  }
}
