<?php
const X=['a'=>1];
define('Y_Z',['b'=>2]);
$CONFIG=[X['a'],Y_Z['b'],defined('X'),constant('X'),constant('PDO::MYSQL_ATTR_SSL_CA'),
    PDO::MYSQL_ATTR_SSL_KEY,\PDO::MYSQL_ATTR_SSL_CERT,\PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT,
    RedisCluster::FAILOVER_NONE,\RedisCluster::FAILOVER_ERROR,\RedisCluster::FAILOVER_DISTRIBUTE,
    \RedisCluster::FAILOVER_DISTRIBUTE_SLAVES,\PDO::ATTR_PERSISTENT,\PDO::ATTR_TIMEOUT];
