<?php
  $CONFIG['overwriteprotocol'] = 'https';
  $CONFIG['overwrite.cli.url'] = str_replace('http://', 'https://', 'http://nextcloud.kube.home');
