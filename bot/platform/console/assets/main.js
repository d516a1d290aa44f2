// The console's own script: small modules beside htmx, no build step.
import { connect } from './live.js'
import * as acts from './acts.js'
import * as command from './command.js'
import * as keys from './keys.js'
import * as menus from './menus.js'
import * as stream from './stream.js'
import * as times from './time.js'
import * as unread from './unread.js'

stream.start()
times.start()
acts.start()
menus.start()
command.start()
keys.start()
unread.start()
connect()
document.documentElement.dataset.ready = 'yes'
