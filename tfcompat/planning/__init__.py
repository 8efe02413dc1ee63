"""Turns caliper.yaml, a selection and this machine into cells; installs nothing."""
