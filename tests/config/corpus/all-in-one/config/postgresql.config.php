<?php
if (getenv('POSTGRES_CA')) {
  $CONFIG = array('pgsql_ssl' => array('mode' => 'verify-ca', 'rootcert' => '/data/ca-bundle.crt'));
}
