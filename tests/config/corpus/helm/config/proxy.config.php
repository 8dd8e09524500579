<?php
$CONFIG = array (
  'trusted_proxies' => array(
    0 => '127.0.0.1',
    1 => '10.0.0.0/8',
  ),
  'forwarded_for_headers' => array('HTTP_X_FORWARDED_FOR'),
);
?>
