<?php $CONFIG['dbhost'] = 'local';
