<?php // nothing here
