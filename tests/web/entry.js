// Hands Nextcloud's web client to the page that loads the bundle.
import { getSupportedTypes, listen } from '@nextcloud/notify_push'

window.notifyPush = { getSupportedTypes, listen }
