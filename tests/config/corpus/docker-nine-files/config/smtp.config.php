<?php
if (getenv('SMTP_HOST') && getenv('MAIL_DOMAIN')) {
  $secure = getenv('SMTP_SECURE');
  $CONFIG = array(
    'mail_smtphost' => getenv('SMTP_HOST'),
    'mail_smtpport' => getenv('SMTP_PORT') ?: ($secure ? 465 : 25),
    'mail_smtpauth' => getenv('SMTP_NAME') && getenv('SMTP_PASSWORD'),
    'mail_domain' => getenv('MAIL_DOMAIN'),
  );
}
