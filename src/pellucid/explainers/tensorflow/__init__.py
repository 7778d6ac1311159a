"""Integrated gradients of networks of TensorFlow; all of it loads TensorFlow."""
