"""GPU and CUDA: installs, base images and calls in, what does not fit together out."""
